"""What responses tell the committee about items and forms; figures only, nothing is changed."""
