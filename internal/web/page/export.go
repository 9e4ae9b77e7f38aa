package page

// An Export takes items out as a bag, with their custody.
type Export struct {
	Frame
	Items, Name, Purpose Field
	Use                  UseForm
	Part                 string // how many of all are named; "" where they all are
}

// A Vocabulary is the words with which items are coded, who put them into force,
// and the form that puts others there.
type Vocabulary struct {
	Frame
	Terms, Adopted Table
	Shipped        bool
	File           Field
}
