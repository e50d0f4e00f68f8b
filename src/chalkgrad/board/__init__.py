"""The objects that people hold: a network, a derivation, a function; each draws and writes itself."""
