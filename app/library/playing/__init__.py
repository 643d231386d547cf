"""Authors play their own drafts in the cockpit, with everything open that no candidate sees."""
