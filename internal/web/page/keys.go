package page

// Keys are the custody keys that are in force, with the forms that add one and
// end one.
type Keys struct {
	Frame
	Table                          Table
	Recipient, Holder, Key, Reason Field
}
