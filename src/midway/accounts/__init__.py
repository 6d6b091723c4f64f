"""People who sign in, what they may do, and the tokens of the programs that act for them."""
