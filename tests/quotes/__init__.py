"""What pages say of results, passage by passage, so that new results tell which sentences they make wrong."""
