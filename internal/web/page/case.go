package page

import "github.com/heed-project/heed/internal/heed"

// Cases is the list of cases, with facets, and the requests that wait.
type Cases struct {
	Frame
	Waiting, Table Table
	Facets         []Facet
	Late           int    // requests that wait past their date
	Took           string // half of the answers took no longer; "" where there is none
	Answers        int
}

// A CaseForm opens a case.
type CaseForm struct {
	Frame
	Name, Authority, Classes, In, Marking, Situation, Note Field
}

// A Case is one case: its items, what was asked and answered, what came of it.
type Case struct {
	Frame
	Row                              heed.CaseView
	Requests, Weighed, Items         Table
	Outcomes                         Table
	Add                              Field
	From, Office, Place, Asks, For   Field
	Received, Due, Death             Field
	Request, Give, Answer, Text, How Field
	DeathNow                         Field
	What, Date, Of, Source           Field
	Waits                            bool
}
