"""The way in for providers' programs: tokens, checks, staff, webhooks, and what describes them."""
