"""Widgets: they read state and call verbs of the controller."""
