package access

// Kept tells how many decisions a memo keeps.
func Kept(m *Memo) int { return len(m.kept) }
