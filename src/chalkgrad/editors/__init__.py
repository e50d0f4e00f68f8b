"""What editors, build systems and pull requests get of a checked document: findings with their places."""
