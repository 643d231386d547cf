"""The public register: certified operators who want to be found, each by their own consent."""
