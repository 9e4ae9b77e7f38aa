package web

import (
	"github.com/heed-project/heed/internal/web/custody"
	"github.com/heed-project/heed/internal/web/office"
	"github.com/heed-project/heed/internal/web/outlook"
	"github.com/heed-project/heed/internal/web/study"
	"github.com/heed-project/heed/internal/web/visit"
)

// A route is one address and the function that answers it.
type route struct {
	Pattern string
	answer  func(*visit.Visit) error
	files   bool // takes files, of any size
}

// routes is the map of the product.
var routes = []route{
	{"GET /{$}", board, false},
	{"POST /guide", guide, false},
	{"GET /search", office.Search, false},
	{"GET /language", office.ChooseLanguage, false},

	{"GET /situations", situations, false},
	{"GET /situations.csv", situations, false},
	{"GET /situations/new", newSituation, false},
	{"POST /situations/new", addSituation, false},
	{"GET /situations/{id}", situation, false},
	{"POST /situations/{id}/state", setSituation, false},
	{"POST /situations/{id}/members", addMember, false},
	{"POST /situations/{id}/populations", addPopulation, false},
	{"GET /situations/{id}/series/{name}", series, false},

	{"GET /situations/{id}/forecast", outlook.Situation, false},
	{"GET /situations/{id}/forecast.csv", outlook.Situation, false},
	{"GET /forecasts", outlook.Board, false},
	{"GET /forecasts.csv", outlook.Board, false},
	{"POST /forecasts/drafts/{id}", outlook.Judge, false},
	{"GET /forecasts/skill", outlook.Skill, false},
	{"GET /forecasts/skill.csv", outlook.Skill, false},
	{"GET /forecasts/onsets.csv", outlook.Onsets, false},
	{"GET /forecasts/{entry}/file", outlook.File, false},

	{"GET /reports", reports, false},
	{"GET /reports.csv", reports, false},
	{"GET /reports/new", newReport, false},
	{"POST /reports/new", addReport, false},
	{"GET /reports/{id}", oneReport, false},
	{"POST /reports/{id}/assess", assessReport, false},
	{"POST /reports/{id}/open", openReport, false},
	{"POST /reports/{id}/withdraw", withdrawReport, false},
	{"GET /tell", tell, false},
	{"POST /tell", told, false},
	{"GET /fate", fate, false},
	{"POST /fate", askFate, false},

	{"GET /assessments.csv", assessments, false},
	{"GET /assessments/new", newAssessment, false},
	{"POST /assessments/new", addAssessment, false},
	{"GET /assessments/{id}", assessment, false},
	{"POST /assessments/{id}/review", reviewAssessment, false},

	{"GET /warnings", warnings, false},
	{"GET /warnings.csv", warnings, false},
	{"GET /warnings/new", newWarning, false},
	{"POST /warnings/new", issueWarning, false},
	{"GET /warnings/{id}", warning, false},
	{"POST /warnings/{id}/acknowledge", acknowledgeWarning, false},
	{"POST /warnings/{id}/close", closeWarning, false},
	{"POST /warnings/{id}/agree-close", agreeClosing, false},

	{"GET /duties", duties, false},
	{"GET /duties.csv", duties, false},
	{"GET /duties/{id}", duty, false},
	{"POST /duties/{id}/acknowledge", acknowledgeDuty, false},
	{"POST /duties/{id}/do", doDuty, false},
	{"POST /duties/{id}/explain", explainDuty, false},
	{"POST /duties/{id}/agree", agreeDuty, false},
	{"POST /duties/{id}/follow", followUp, false},

	{"GET /decisions", decisions, false},
	{"GET /decisions.csv", decisions, false},
	{"GET /decisions/new", newDecision, false},
	{"POST /decisions/new", draftDecision, false},
	{"GET /decisions/{id}", decision, false},
	{"POST /decisions/{id}/sign/begin", beginSigning, false},
	{"POST /decisions/{id}/sign", signDecision, false},
	{"POST /decisions/{id}/dissent", dissent, false},

	{"GET /evidence", custody.Library, false},
	{"GET /evidence.csv", custody.Library, false},
	{"GET /evidence/fixity", custody.Fixity, false},
	{"GET /evidence/new", custody.NewIntake, false},
	{"POST /evidence/new", custody.AddIntake, true},
	{"GET /evidence/intakes/{id}", custody.Intake, false},
	{"POST /evidence/intakes/{id}/files", custody.AddToIntake, true},
	{"POST /evidence/intakes/{id}/uploads", custody.BeginUpload, false},
	{"POST /evidence/intakes/{id}/end", custody.EndIntake, false},
	{"GET /evidence/uploads/{id}", custody.UploadOffset, false},
	{"PATCH /evidence/uploads/{id}", custody.AddPart, true},
	{"GET /evidence/{id}", custody.Item, false},
	{"POST /evidence/{id}/open", custody.OpenItem, false},
	{"POST /evidence/{id}/review", custody.ReviewItem, false},
	{"POST /evidence/{id}/hold", custody.HoldItem, false},
	{"GET /impact", study.List, false},
	{"GET /impact.csv", study.List, false},
	{"GET /impact/new", study.New, false},
	{"POST /impact/new", study.Register, false},
	{"GET /impact/{id}", study.One, false},
	{"POST /impact/{id}/run", study.Run, false},
	{"POST /impact/{id}/rivals", study.Answer, false},

	{"GET /coalitions", office.Coalitions, false},
	{"GET /coalitions.csv", office.Coalitions, false},
	{"GET /coalitions/{id}", office.Coalition, false},
	{"POST /coalitions/{id}/release", office.ReleaseCoalition, false},
	{"POST /coalitions/{id}/pledge", office.AddPledge, false},
	{"POST /coalitions/{id}/sign", office.SignSheet, false},

	{"GET /protocols", protocols, false},
	{"GET /protocols/new", office.AdoptForm, false},
	{"POST /protocols/new", office.Adopt, false},
	{"GET /protocols/{id}", protocol, false},

	{"GET /mandates", custody.Mandates, false},
	{"GET /mandates.csv", custody.Mandates, false},
	{"GET /mandates/{id}", custody.Mandate, false},
	{"POST /mandates/{id}/tabled", custody.TableRenewal, false},
	{"POST /mandates/{id}/rehearse", custody.Rehearse, false},
	{"GET /readiness", custody.Readiness, false},
	{"GET /readiness.csv", custody.Readiness, false},
	{"GET /overlap", custody.Overlap, false},
	{"GET /overlap.csv", custody.Overlap, false},
	{"GET /handovers", custody.Handovers, false},
	{"GET /handovers.csv", custody.Handovers, false},
	{"GET /handovers/{id}", custody.Handover, false},
	{"POST /handovers/{id}/receipt", custody.AcceptReceipt, false},

	{"GET /knew/{ref}", knew, false},
	{"POST /knew/{ref}/pack", knewPack, false},

	{"GET /record", office.Record, false},
	{"GET /record.csv", office.Record, false},
	{"GET /record/{index}", office.Entry, false},
	{"GET /verify", office.Verify, false},

	{"GET /people", office.People, false},
	{"GET /people.csv", office.People, false},
	{"POST /people", office.AddPerson, false},
	{"GET /people/{id}", office.Person, false},
	{"POST /people/{id}/roles", office.GiveRole, false},
	{"POST /people/{id}/roles/end", office.EndRole, false},
	{"POST /people/{id}/link", office.NewLink, false},

	{"GET /settings", office.Settings, false},
	{"POST /settings/language", office.SetLanguage, false},
	{"POST /settings/passkeys/begin", office.BeginPasskey, false},
	{"POST /settings/passkeys", office.AddPasskey, false},
	{"POST /settings/passkeys/remove", office.RemovePasskey, false},
	{"POST /settings/tokens", office.NewToken, false},
	{"POST /settings/tokens/revoke", office.RevokeToken, false},
	{"POST /settings/feeds", office.NewFeed, false},
	{"POST /settings/witnesses", office.AddWitness, false},
	{"POST /settings/witnesses/answer", office.AnswerWitness, false},
	{"GET /import", office.ImportForm, false},
	{"POST /import", office.Import, true},
	{"GET /erase", office.EraseForm, false},
	{"POST /erase", office.Erase, false},

	{"GET /sign-in", office.SignIn, false},
	{"GET /sign-in/link", office.SignInLink, false},
	{"POST /sign-in/link", office.UseLink, false},
	{"POST /sign-in/passkey/begin", office.BeginSignIn, false},
	{"POST /sign-in/passkey", office.SignInPasskey, false},
	{"POST /sign-in/oidc", office.BeginOIDC, false},
	{"GET /sign-in/oidc/callback", office.EndOIDC, false},
	{"POST /sign-out", office.SignOut, false},
	{"GET /feeds/{secret}", office.Feed, false},
	{"GET /calendars/{secret}", office.Calendar, false},
}
