"""A forgotten password 找回密码: a link by mail, or one from a security administrator."""
