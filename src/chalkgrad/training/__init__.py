"""Training networks: data, gradient descent by the optimisers' own equations, what came of it, and pictures of that."""
