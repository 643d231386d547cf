"""造风者计划: benefits by tier, tasks, progress towards the programme's targets, growth stages."""
