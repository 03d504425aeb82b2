"""What people bring: pictures, labels and annotations from files, checked before anything is computed from them."""
