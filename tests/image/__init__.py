"""The image and its composition, as far as they can be tried without a container engine."""
