"""Fourier transforms of lines whose length is 64 times a product of 2, 3, 5: eight parts of a line side by side."""
