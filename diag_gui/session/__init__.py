"""The application without widgets: state, verbs, jobs. QtCore and QtGui only."""
