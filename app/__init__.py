"""操盘手认证: the web application over the pure packages."""
