"""Everything durable that is not Git: SQLite behind one writer thread."""
