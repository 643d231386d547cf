"""The audit log: who did what, when, to which object; one hash chain for each subject."""
