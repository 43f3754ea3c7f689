"""Decisions of people: tags, notes, review states, undo, and the store that never loses them. No Qt."""
