"""Descent: functions of a few variables, from partial derivatives over stationary points to pictures of descent."""
