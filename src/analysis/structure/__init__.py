"""Does the theory hold as a whole? The structural model, and what other programs say of it."""
