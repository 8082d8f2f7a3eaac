/**
 * Source of the class by which fixes of plasticity see and renew hidden units. Its links come from the graph of
 * autograd, so that `F.relu(self.fc1(x))`, nn.Sequential and two heads on one trunk are all understood; what is gated,
 * added or permuted on its way has no link and is left alone.
 */
export const HIDDEN_UNITS = `
class HiddenUnits:
    """What the hidden units of an optimizer's layers give off, and which layers read them.

    A hook sees linear and convolutional layers; the graph of autograd tells which of them has made what another reads.
    Passes without gradients are not seen. All ranks of a distributed run see the same.
    """

    ACTIVATIONS = set("Relu LeakyRelu Elu Celu Gelu Silu Mish Softplus Tanh Sigmoid Hardtanh Threshold PreluKernel".split())
    KEEPING = set(
        "View UnsafeView ReshapeAlias Squeeze Unsqueeze Clone ToCopy Mul Div NativeDropout NativeLayerNorm NativeBatchNorm "
        "CudnnBatchNorm MaxPool2DWithIndices AvgPool2D AdaptiveAvgPool2D Mean".split()
    )

    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.moved = {id(p) for group in optimizer.param_groups for p in group["params"]}
        self.made = {}  # by node of the graph: the layer whose output it is
        self.seen = {}  # by layer: its readers, and sums over what they read
        self.hook = torch.nn.modules.module.register_module_forward_hook(self.see)

    def see(self, layer, inputs, output):
        kinds = (torch.nn.Linear, torch.nn.Conv1d, torch.nn.Conv2d)
        if not isinstance(layer, kinds) or id(layer.weight) not in self.moved or output.grad_fn is None:
            return
        maker = self.maker(inputs[0].grad_fn)
        if maker is not None:
            units = len(maker.weight)
            spread, rest = divmod(layer.weight.shape[1], units)
            linear = isinstance(layer, torch.nn.Linear), isinstance(maker, torch.nn.Linear)
            # A linear layer reads several values of a channel where an image was flattened in front of it.
            fits = spread == 1 if linear[0] == linear[1] else linear[0] and inputs[0].dim() == 2 and spread > 0
            if rest == 0 and fits and getattr(layer, "groups", 1) == 1:
                values = inputs[0].detach().float()
                values = (values if linear[0] else values.movedim(1, -1)).reshape(-1, units, spread)
                readers, sums = self.seen.setdefault(maker, ([], torch.zeros(3, units, device=values.device)))
                if layer not in readers:
                    readers.append(layer)
                ones = torch.ones(units, device=values.device) * len(values)
                sums += torch.stack([values.abs().mean(2).sum(0), values.mean(2).sum(0), ones])
        if len(self.made) > 10_000:  # many passes that nothing is learned from
            self.made.clear()
        self.made[output.grad_fn] = layer

    def maker(self, node):
        """The layer whose activated output the node is; None where more than that has happened to it."""
        active = False
        while node is not None and node not in self.made:
            kind = node.name().split("Backward")[0]
            inner = [n for n, _ in node.next_functions if n is not None and "AccumulateGrad" not in n.name()]
            if len(inner) != 1 or kind not in self.ACTIVATIONS | self.KEEPING:
                return None
            active = active or kind in self.ACTIVATIONS
            node = inner[0]
        return self.made.get(node) if active else None

    def take(self):
        """For each layer since the last call: the layer, its readers, and the mean size and mean value of its units."""
        seen, self.seen, self.made = self.seen, {}, {}
        for layer, (readers, sums) in seen.items():
            if torch.distributed.is_available() and torch.distributed.is_initialized():
                torch.distributed.all_reduce(sums)
            yield layer, readers, sums[0] / sums[2], sums[1] / sums[2]

    @torch.no_grad()
    def renew(self, layer, readers, units):
        """Gives the units of a mask new incoming weights and outgoing weights of zero; the optimizer forgets both."""
        fresh = torch.nn.init.kaiming_uniform_(torch.empty_like(layer.weight), a=5**0.5)  # as PyTorch does
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.broadcast(fresh, 0)
        layer.weight[units] = fresh[units]
        self.forget(layer.weight, units)
        if layer.bias is not None:
            layer.bias[units] = 0.0
            self.forget(layer.bias, units)
        for reader in readers:
            columns = self.columns(reader, units)
            reader.weight[:, columns] = 0.0
            self.forget(reader.weight, (slice(None), columns))

    def columns(self, reader, units):
        """The inputs of a reader that hold these units: several each where an image was flattened."""
        return units.repeat_interleave(reader.weight.shape[1] // len(units))

    def forget(self, parameter, index):
        for tensor in (parameter.grad, *self.optimizer.state.get(parameter, {}).values()):
            if torch.is_tensor(tensor) and tensor.shape == parameter.shape:
                tensor[index] = 0.0
`;
