package web

// A route is one address and the method that answers it.
type route struct {
	Pattern string
	answer  func(*visit) error
}

// routes is the map of the product.
var routes = []route{
	{"GET /{$}", (*visit).board},
	{"POST /guide", (*visit).guide},
	{"GET /search", (*visit).search},
	{"GET /language", (*visit).chooseLanguage},

	{"GET /situations", (*visit).situations},
	{"GET /situations.csv", (*visit).situations},
	{"GET /situations/new", (*visit).newSituation},
	{"POST /situations/new", (*visit).addSituation},
	{"GET /situations/{id}", (*visit).situation},
	{"POST /situations/{id}/state", (*visit).setSituation},
	{"POST /situations/{id}/members", (*visit).addMember},
	{"POST /situations/{id}/populations", (*visit).addPopulation},
	{"GET /situations/{id}/series/{name}", (*visit).series},

	{"GET /reports", (*visit).reports},
	{"GET /reports.csv", (*visit).reports},
	{"GET /reports/new", (*visit).newReport},
	{"POST /reports/new", (*visit).addReport},
	{"GET /reports/{id}", (*visit).report},
	{"POST /reports/{id}/assess", (*visit).assessReport},
	{"POST /reports/{id}/open", (*visit).openReport},
	{"POST /reports/{id}/withdraw", (*visit).withdrawReport},
	{"GET /tell", (*visit).tell},
	{"POST /tell", (*visit).told},
	{"GET /fate", (*visit).fate},
	{"POST /fate", (*visit).askFate},

	{"GET /assessments.csv", (*visit).assessments},
	{"GET /assessments/new", (*visit).newAssessment},
	{"POST /assessments/new", (*visit).addAssessment},
	{"GET /assessments/{id}", (*visit).assessment},
	{"POST /assessments/{id}/review", (*visit).reviewAssessment},

	{"GET /warnings", (*visit).warnings},
	{"GET /warnings.csv", (*visit).warnings},
	{"GET /warnings/new", (*visit).newWarning},
	{"POST /warnings/new", (*visit).issueWarning},
	{"GET /warnings/{id}", (*visit).warning},
	{"POST /warnings/{id}/acknowledge", (*visit).acknowledgeWarning},
	{"POST /warnings/{id}/close", (*visit).closeWarning},

	{"GET /duties", (*visit).duties},
	{"GET /duties.csv", (*visit).duties},
	{"GET /duties/{id}", (*visit).duty},
	{"POST /duties/{id}/acknowledge", (*visit).acknowledgeDuty},
	{"POST /duties/{id}/do", (*visit).doDuty},
	{"POST /duties/{id}/explain", (*visit).explainDuty},
	{"POST /duties/{id}/agree", (*visit).agreeDuty},
	{"POST /duties/{id}/follow", (*visit).followUp},

	{"GET /decisions", (*visit).decisions},
	{"GET /decisions.csv", (*visit).decisions},
	{"GET /decisions/new", (*visit).newDecision},
	{"POST /decisions/new", (*visit).draftDecision},
	{"GET /decisions/{id}", (*visit).decision},
	{"POST /decisions/{id}/sign/begin", (*visit).beginSigning},
	{"POST /decisions/{id}/sign", (*visit).signDecision},
	{"POST /decisions/{id}/dissent", (*visit).dissent},

	{"GET /protocols", (*visit).protocols},
	{"GET /protocols/{id}", (*visit).protocol},

	{"GET /knew/{ref}", (*visit).knew},
	{"POST /knew/{ref}/pack", (*visit).knewPack},

	{"GET /record", (*visit).record},
	{"GET /record.csv", (*visit).record},
	{"GET /record/{index}", (*visit).entry},
	{"GET /verify", (*visit).verify},

	{"GET /people", (*visit).people},
	{"GET /people.csv", (*visit).people},
	{"POST /people", (*visit).addPerson},
	{"GET /people/{id}", (*visit).person},
	{"POST /people/{id}/roles", (*visit).giveRole},
	{"POST /people/{id}/roles/end", (*visit).endRole},
	{"POST /people/{id}/link", (*visit).newLink},

	{"GET /settings", (*visit).settings},
	{"POST /settings/language", (*visit).setLanguage},
	{"POST /settings/passkeys/begin", (*visit).beginPasskey},
	{"POST /settings/passkeys", (*visit).addPasskey},
	{"POST /settings/passkeys/remove", (*visit).removePasskey},
	{"POST /settings/tokens", (*visit).newToken},
	{"POST /settings/tokens/revoke", (*visit).revokeToken},
	{"POST /settings/feeds", (*visit).newFeed},
	{"POST /settings/witnesses", (*visit).addWitness},

	{"GET /sign-in", (*visit).signIn},
	{"GET /sign-in/link", (*visit).signInLink},
	{"POST /sign-in/link", (*visit).useLink},
	{"POST /sign-in/passkey/begin", (*visit).beginSignIn},
	{"POST /sign-in/passkey", (*visit).signInPasskey},
	{"POST /sign-in/oidc", (*visit).beginOIDC},
	{"GET /sign-in/oidc/callback", (*visit).endOIDC},
	{"POST /sign-out", (*visit).signOut},
}
