import torch

from dlref.conv import output_size

sizes = [6, 7, 8, 9]
convolution = torch.nn.Conv2d(1, 1, kernel_size=3, stride=2, padding=1, dilation=2)
O = [convolution(torch.zeros(1, size, size)).shape[-1] for size in sizes]

result = output_size(sizes, 3, stride=2, padding=1, dilation=2)
assert result.tolist() == O
print(O)

# Output:
# [2, 3, 3, 4]
