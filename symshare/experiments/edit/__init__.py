"""Make what a network of sines shows bolder, by changing its weights."""
