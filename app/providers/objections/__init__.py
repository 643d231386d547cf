"""异议: a provider objects to a settled figure, somebody else answers, the month settles anew."""
