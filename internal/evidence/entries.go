package evidence

// The open parts.
type (
	begunOpen struct {
		ID    string `json:"id"`
		Via   string `json:"via"`
		Links []Link `json:"links,omitempty"` // of every item that will come
	}
	endedOpen struct {
		ID      string `json:"id"`
		Items   int    `json:"items"`
		Bytes   int64  `json:"bytes"`
		Refused int    `json:"refused"`
	}
	takenOpen struct {
		ID     string `json:"id"`
		Intake string `json:"intake"`
		Seq    int    `json:"seq"`
		Bytes  int64  `json:"bytes"`
		Mark   string `json:"mark"`
		Object string `json:"object"`
		Offset int64  `json:"offset,omitempty"`
		Length int64  `json:"length"`
		Packed bool   `json:"packed,omitempty"`
		From   string `json:"derived_from,omitempty"`
		How    string `json:"how,omitempty"`
		Links  []Link `json:"links,omitempty"`
	}
	aboutItem struct {
		Item string `json:"item"`
	}
	destroyedOpen struct {
		Item    string `json:"item"`
		Replica string `json:"replica"`
	}
	linkOpen struct {
		Item string `json:"item"`
		Kind string `json:"kind"`
		To   string `json:"to"`
	}
	underOpen struct { // a permission, a hold
		Item string `json:"item"`
		ID   string `json:"id"`
	}
	reviewOpen struct {
		Item  string `json:"item"`
		State string `json:"state"`
	}
	proofOpen struct {
		Items   int   `json:"items"`
		Bytes   int64 `json:"bytes"`
		Damaged int   `json:"damaged"`
		Named   int   `json:"named,omitempty"` // items that no manifest named any more, and one does now
	}
	custodianOpen struct {
		Recipient string `json:"recipient"` // "" in an entry that ends nothing
		Holder    string `json:"holder,omitempty"`
		Ended     bool   `json:"ended,omitempty"`
	}
)
