"""Layer normalisation as a function of PyTorch with its own backward pass."""

import torch

TARGET, AGAINST = "Norm", None


class Norm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, gamma, beta):
        mean = x.mean(dim=-1, keepdim=True)
        inverse = 1 / torch.sqrt(x.var(dim=-1, keepdim=True, unbiased=False) + 1e-5)
        hat = (x - mean) * inverse
        ctx.save_for_backward(hat, inverse, gamma)
        return hat * gamma + beta

    @staticmethod
    def backward(ctx, grad):
        hat, inverse, gamma = ctx.saved_tensors
        grad_gamma = (grad * hat).sum(dim=0)
        grad_beta = grad.sum(dim=0)
        d = grad * gamma
        centred = d - d.mean(dim=-1, keepdim=True)
        along = hat * (d * hat).mean(dim=-1, keepdim=True)
        return (centred - along) * inverse, grad_gamma, grad_beta


def example(draw):
    leaves = [torch.tensor(draw(*shape), requires_grad=True) for shape in ((4, 3), (3,), (3,))]
    Norm.apply(*leaves).backward(torch.tensor(draw(4, 3)))
    return [each.grad.numpy() for each in leaves]
