"""Getting back to work: restores that cannot make it worse, and the guided ways out of each kind of failure."""
