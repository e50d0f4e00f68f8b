"""The mean of the embeddings of words, and its backward pass."""

import numpy as np

TARGET, AGAINST = "embedding_backward", None


def embedding_forward(words, W):
    gathered = W[words]
    out = gathered.mean(axis=1)
    return out, (words, W.shape)


def embedding_backward(dout, cache):
    words, shape = cache
    length = words.shape[1]
    dW = np.zeros(shape)
    for row in range(words.shape[0]):
        for place in range(length):
            dW[words[row, place]] += dout[row] / length
    return None, dW


def example(draw):
    out, cache = embedding_forward(np.array([[0, 1, 1], [2, 4, 3]]), draw(5, 3))
    return embedding_backward(draw(2, 3), cache)[1]
