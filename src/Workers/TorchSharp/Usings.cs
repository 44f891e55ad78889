// The names that the training code is written against, of the package.
global using Pipeline.Workers.Torch;
global using DeviceType = TorchSharp.DeviceType;
global using DisposeScope = TorchSharp.DisposeScope;
global using functional = TorchSharp.torch.nn.functional;
global using ScalarType = TorchSharp.torch.ScalarType;
global using Tensor = TorchSharp.torch.Tensor;
global using torch = TorchSharp.torch;
