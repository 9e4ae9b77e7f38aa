package web

import (
	"github.com/heed-project/heed/internal/web/office"
	"github.com/heed-project/heed/internal/web/visit"
)

// A route is one address and the function that answers it.
type route struct {
	Pattern string
	answer  func(*visit.Visit) error
}

// routes is the map of the product.
var routes = []route{
	{"GET /{$}", board},
	{"POST /guide", guide},
	{"GET /search", office.Search},
	{"GET /language", office.ChooseLanguage},

	{"GET /situations", situations},
	{"GET /situations.csv", situations},
	{"GET /situations/new", newSituation},
	{"POST /situations/new", addSituation},
	{"GET /situations/{id}", situation},
	{"POST /situations/{id}/state", setSituation},
	{"POST /situations/{id}/members", addMember},
	{"POST /situations/{id}/populations", addPopulation},
	{"GET /situations/{id}/series/{name}", series},

	{"GET /reports", reports},
	{"GET /reports.csv", reports},
	{"GET /reports/new", newReport},
	{"POST /reports/new", addReport},
	{"GET /reports/{id}", oneReport},
	{"POST /reports/{id}/assess", assessReport},
	{"POST /reports/{id}/open", openReport},
	{"POST /reports/{id}/withdraw", withdrawReport},
	{"GET /tell", tell},
	{"POST /tell", told},
	{"GET /fate", fate},
	{"POST /fate", askFate},

	{"GET /assessments.csv", assessments},
	{"GET /assessments/new", newAssessment},
	{"POST /assessments/new", addAssessment},
	{"GET /assessments/{id}", assessment},
	{"POST /assessments/{id}/review", reviewAssessment},

	{"GET /warnings", warnings},
	{"GET /warnings.csv", warnings},
	{"GET /warnings/new", newWarning},
	{"POST /warnings/new", issueWarning},
	{"GET /warnings/{id}", warning},
	{"POST /warnings/{id}/acknowledge", acknowledgeWarning},
	{"POST /warnings/{id}/close", closeWarning},
	{"POST /warnings/{id}/agree-close", agreeClosing},

	{"GET /duties", duties},
	{"GET /duties.csv", duties},
	{"GET /duties/{id}", duty},
	{"POST /duties/{id}/acknowledge", acknowledgeDuty},
	{"POST /duties/{id}/do", doDuty},
	{"POST /duties/{id}/explain", explainDuty},
	{"POST /duties/{id}/agree", agreeDuty},
	{"POST /duties/{id}/follow", followUp},

	{"GET /decisions", decisions},
	{"GET /decisions.csv", decisions},
	{"GET /decisions/new", newDecision},
	{"POST /decisions/new", draftDecision},
	{"GET /decisions/{id}", decision},
	{"POST /decisions/{id}/sign/begin", beginSigning},
	{"POST /decisions/{id}/sign", signDecision},
	{"POST /decisions/{id}/dissent", dissent},

	{"GET /protocols", protocols},
	{"GET /protocols/{id}", protocol},

	{"GET /knew/{ref}", knew},
	{"POST /knew/{ref}/pack", knewPack},

	{"GET /record", office.Record},
	{"GET /record.csv", office.Record},
	{"GET /record/{index}", office.Entry},
	{"GET /verify", office.Verify},

	{"GET /people", office.People},
	{"GET /people.csv", office.People},
	{"POST /people", office.AddPerson},
	{"GET /people/{id}", office.Person},
	{"POST /people/{id}/roles", office.GiveRole},
	{"POST /people/{id}/roles/end", office.EndRole},
	{"POST /people/{id}/link", office.NewLink},

	{"GET /settings", office.Settings},
	{"POST /settings/language", office.SetLanguage},
	{"POST /settings/passkeys/begin", office.BeginPasskey},
	{"POST /settings/passkeys", office.AddPasskey},
	{"POST /settings/passkeys/remove", office.RemovePasskey},
	{"POST /settings/tokens", office.NewToken},
	{"POST /settings/tokens/revoke", office.RevokeToken},
	{"POST /settings/feeds", office.NewFeed},
	{"POST /settings/witnesses", office.AddWitness},

	{"GET /sign-in", office.SignIn},
	{"GET /sign-in/link", office.SignInLink},
	{"POST /sign-in/link", office.UseLink},
	{"POST /sign-in/passkey/begin", office.BeginSignIn},
	{"POST /sign-in/passkey", office.SignInPasskey},
	{"POST /sign-in/oidc", office.BeginOIDC},
	{"GET /sign-in/oidc/callback", office.EndOIDC},
	{"POST /sign-out", office.SignOut},
	{"GET /feeds/{secret}", office.Feed},
	{"GET /calendars/{secret}", office.Calendar},
}
