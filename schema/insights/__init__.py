"""Reports across the network. Nothing yet: the domains before it have to hold figures first."""
