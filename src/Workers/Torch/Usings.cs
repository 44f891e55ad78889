// The names that the training code is written against.
global using Pipeline.Workers.Torch;
global using functional = Pipeline.Workers.Torch.torch.nn.functional;
