"""The contest (高级操盘手认证大赛): rounds, rooms alike for all, jury, board, results."""
