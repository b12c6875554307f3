"""The packaged kind of network without torch: weights as arrays, products in OpenVINO. Its twin is the torch one."""
