"""The works that training is measured on, and every peer that does them, each in a process of its own."""
