"""A linear map with a bias as a function of PyTorch."""

import torch

TARGET, AGAINST = "Linear", None


class Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return x @ weight.t() + bias

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        grad_x = grad_output @ weight
        grad_weight = grad_output.t() @ x
        grad_bias = grad_output.sum(0)
        return grad_x, grad_weight, grad_bias


def example(draw):
    leaves = [torch.tensor(draw(*shape), requires_grad=True) for shape in ((4, 3), (5, 3), (5,))]
    Linear.apply(*leaves).backward(torch.tensor(draw(4, 5)))
    return [each.grad.numpy() for each in leaves]
