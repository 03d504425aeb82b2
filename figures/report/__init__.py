"""One page with everything: claims, tables, figures and where the numbers come from, made from files alone."""
