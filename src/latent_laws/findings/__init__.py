"""What the formulas say about the model: importance, redundancy, interactions, laws."""
