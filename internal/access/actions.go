package access

// Every action that anybody can take, as a face or a command names it.
const (
	SituationAdd    = "situation.add"
	SituationRead   = "situation.read"
	SituationChange = "situation.change"
	SituationStaff  = "situation.staff"
	SituationClose  = "situation.close"

	ReportSubmit = "report.submit"
	ReportRead   = "report.read"
	ReportAssess = "report.assess"
	ReportOpen   = "report.open"
	ReportFate   = "report.fate"
	ImportData   = "import.data"
	SeriesRead   = "series.read"

	AssessmentRead   = "assessment.read"
	AssessmentWrite  = "assessment.write"
	AssessmentReview = "assessment.review"

	WarningRead        = "warning.read"
	WarningIssue       = "warning.issue"
	WarningAcknowledge = "warning.acknowledge"
	WarningEnd         = "warning.end"

	ProtocolRead   = "protocol.read"
	ProtocolChange = "protocol.change"
	ProtocolOpen   = "protocol.open"
	ProtocolClose  = "protocol.close"

	DutyRead    = "duty.read"
	DutyAct     = "duty.act"
	DutyApprove = "duty.approve"
	DutyReview  = "duty.review"

	DecisionRead    = "decision.read"
	DecisionDraft   = "decision.draft"
	DecisionDissent = "decision.dissent"
	DecisionSign    = "decision.sign"

	MeasureRead    = "measure.read"
	PackageRead    = "package.read"
	PackageChange  = "package.change"
	PackageApprove = "package.approve"
	TaskingAnswer  = "tasking.answer"
	PriorityAdopt  = "priority.adopt"
	FactVerify     = "fact.verify"

	EvidenceAdd     = "evidence.add"
	EvidenceRead    = "evidence.read"
	EvidenceOpen    = "evidence.open"
	EvidenceChange  = "evidence.change"
	EvidenceMark    = "evidence.mark"
	EvidenceReview  = "evidence.review"
	EvidenceHold    = "evidence.hold"
	EvidenceRelease = "evidence.release"
	EvidenceKeep    = "evidence.keep"

	ForecastIssue = "forecast.issue"
	ForecastJudge = "forecast.judge"
	ForecastRead  = "forecast.read"

	ImpactRegister = "impact.register"
	ImpactRun      = "impact.run"
	ImpactRead     = "impact.read"

	MandateRead   = "mandate.read"
	MandateKeep   = "mandate.keep"
	CloseoutPlan  = "closeout.plan"
	CloseoutRun   = "closeout.run"
	HandoverRead  = "handover.read"
	HandoverOffer = "handover.offer"
	HandoverTake  = "handover.take"
	HandoverPeers = "handover.peers"
	HandoverLine  = "handover.line"

	CoalitionRead    = "coalition.read"
	CoalitionChange  = "coalition.change"
	CoalitionRelease = "coalition.release"
	CoalitionOpen    = "coalition.open"

	CaseOpen   = "case.open"
	CaseRead   = "case.read"
	CaseChange = "case.change"
	CaseAnswer = "case.answer"

	CodingAdopt = "coding.adopt"

	RecordRead   = "record.read"
	RecordErase  = "record.erase"
	PackExport   = "pack.export"
	PackDisclose = "pack.disclose"

	PeopleRead     = "people.read"
	PeopleManage   = "people.manage"
	SignInManage   = "sign-in.manage"
	AbsenceSet     = "absence.set"
	SettingsRead   = "settings.read"
	SettingsManage = "settings.manage"

	LogRead       = "log.read"
	PublicRead    = "public.read"
	FeedRead      = "feed.read"
	WitnessSubmit = "witness.submit"
	WitnessManage = "witness.manage"
	SystemTick    = "system.tick"
	SystemCheck   = "system.check"
	SystemMetrics = "system.metrics"
)

// The groups of actions that policies speak of.
const (
	groupRead     = "read"          // changes nothing
	groupContent  = "content"       // stands behind the markings
	groupSecond   = "second-person" // another than the author must do it
	groupPurpose  = "purpose"       // only for a stated purpose
	groupInPerson = "in-person"     // not with an API token
)

// An Action is what somebody can do, in one sentence, and the groups that the
// policies know it by.
type Action struct {
	Name, Means string
	Groups      []string
}

func action(name, means string, groups ...string) Action { return Action{name, means, groups} }

// Actions is the complete list. What is not in it is refused.
var Actions = []Action{
	action(SituationAdd, "Open a situation: a place, a time and people at risk."),
	action(SituationRead, "Read a situation, its timeline and its numbers.", groupRead, groupContent),
	action(SituationChange, "Change a situation's words, populations or state.", groupContent),
	action(SituationStaff, "Say who belongs to a situation and who answers for it.", groupContent),
	action(SituationClose, "End the watch over a situation, with the reason.", groupContent, groupPurpose),

	action(ReportSubmit, "Tell what one knows."),
	action(ReportRead, "Read a report, without the identity that is protected.", groupRead, groupContent),
	action(ReportAssess, "Say what a report is worth, or that it repeats another.", groupContent),
	action(ReportOpen, "Read testimony or the identity of a source, for a stated purpose that the source may read.", groupPurpose, groupInPerson),
	action(ReportFate, "Read what became of a report, by its reference.", groupRead),
	action(ImportData, "Take in a set of data."),
	action(SeriesRead, "Read numbers and figures about a situation.", groupRead, groupContent),

	action(AssessmentRead, "Read an assessment of risk.", groupRead, groupContent),
	action(AssessmentWrite, "Assess the risk to a population.", groupContent),
	action(AssessmentReview, "Confirm or return an assessment that somebody else wrote.", groupContent, groupSecond),

	action(WarningRead, "Read a warning.", groupRead, groupContent),
	action(WarningIssue, "Issue a warning and serve it on recipients.", groupContent),
	action(WarningAcknowledge, "Acknowledge a warning that one was served.", groupContent),
	action(WarningEnd, "End a warning or replace it, with the reason.", groupContent, groupPurpose),

	action(ProtocolRead, "Read a response protocol and rehearse it.", groupRead),
	action(ProtocolChange, "Put a response protocol into force.", groupInPerson),
	action(ProtocolOpen, "Open a protocol on a situation: its duties begin to run."),
	action(ProtocolClose, "Close a protocol: a second person, with the reason.", groupContent, groupSecond, groupPurpose),

	action(DutyRead, "Read a duty: who owes what by when.", groupRead, groupContent),
	action(DutyAct, "Acknowledge a duty, do it, or explain why not.", groupContent),
	action(DutyApprove, "Approve, as the second pair of eyes, an act that will be seen outside.", groupContent, groupSecond),
	action(DutyReview, "Review afterwards what was done about a duty.", groupContent, groupSecond),

	action(DecisionRead, "Read a decision.", groupRead, groupContent),
	action(DecisionDraft, "Set out what is known and the options.", groupContent),
	action(DecisionDissent, "Put one's dissent from a decision on record.", groupContent),
	action(DecisionSign, "Choose, give the reason, and sign.", groupContent, groupInPerson),

	action(MeasureRead, "Ask which measures are open, and read the calendar of all venues.", groupRead),
	action(PackageRead, "Read a package of measures: its steps and taskings.", groupRead, groupContent),
	action(PackageChange, "Open a package, add steps and taskings, propose, start and close steps.", groupContent),
	action(PackageApprove, "Let a step or a tasking of somebody else's go out.", groupContent, groupSecond),
	action(TaskingAnswer, "Answer a tasking that one was sent.", groupContent),
	action(PriorityAdopt, "Put the map of the capital's priorities to measures into force."),
	action(FactVerify, "Say that a fact of the doors was seen in a source, or doubt it."),

	action(EvidenceAdd, "Take material in, under an authority that may be provisional."),
	action(EvidenceRead, "Read what an item of evidence is: its name, its custody, what belongs to it, and find it.", groupRead, groupContent),
	action(EvidenceOpen, "Open an item of evidence itself, or anything derived from it, for a stated purpose.", groupContent, groupPurpose),
	action(EvidenceChange, "Say what an item belongs to, what it shows, and under what conditions it may be used.", groupContent),
	action(EvidenceMark, "Mark an item anew, with the reason.", groupContent, groupPurpose),
	action(EvidenceReview, "Review an item that somebody else took in.", groupContent, groupSecond),
	action(EvidenceHold, "Put a legal hold on an item.", groupContent),
	action(EvidenceRelease, "Release a hold that somebody else put on.", groupContent, groupSecond, groupPurpose),
	action(EvidenceKeep, "Prove that nothing was damaged, make replicas, say who holds the custody keys."),

	action(ForecastIssue, "Fit, issue and score a forecast.", groupContent),
	action(ForecastJudge, "Judge a draft that a forecast opened.", groupContent),
	action(ForecastRead, "Read a forecast and what it turned out to be worth.", groupRead, groupContent),

	action(ImpactRegister, "Register an analysis of what a measure changed, before its data are loaded.", groupContent),
	action(ImpactRun, "Run a registered analysis on its data, and answer rival explanations.", groupContent),
	action(ImpactRead, "Read what a measure changed, and how little that may be.", groupRead, groupContent),

	action(MandateRead, "Read the register of mechanisms, who does the same work where, and who holds what.", groupRead, groupContent),
	action(MandateKeep, "Enter mechanisms, their plans, renewals and ends.", groupContent),
	action(CloseoutPlan, "See what becomes of everything when a mandate ends, and rehearse it."),
	action(CloseoutRun, "Close a mandate out: make the packages for its successors.", groupContent, groupPurpose, groupInPerson),
	action(HandoverRead, "Read which evidence went to whom, and what they signed.", groupRead, groupContent),
	action(HandoverOffer, "Offer evidence to another custodian, and take down their receipt.", groupContent, groupPurpose, groupInPerson),
	action(HandoverTake, "Take over evidence from another custodian, or refuse it, and sign for it.", groupContent, groupInPerson),
	action(HandoverPeers, "Say with which nodes evidence is handed over online, and under which key each is known.", groupInPerson),
	action(HandoverLine, "Keep what a peer sends until a person decides, send what a person offered, and take down the receipt that comes back."),

	action(CoalitionRead, "Read a coalition: who pledged, who signed, whom to ask next.", groupRead, groupContent),
	action(CoalitionChange, "Open a coalition, write down pledges, ask states, enter signatures.", groupContent),
	action(CoalitionRelease, "Release, as the second pair of eyes, what will go outward.", groupContent, groupSecond),
	action(CoalitionOpen, "Open what states have pledged in confidence, for a stated purpose.", groupContent, groupPurpose, groupInPerson),

	action(CaseOpen, "Open a case that evidence belongs to."),
	action(CaseRead, "Read a case: what belongs to it, what prosecutors asked and were answered, what came of it.", groupRead, groupContent),
	action(CaseChange, "Link evidence to a case, enter requests for assistance and outcomes.", groupContent),
	action(CaseAnswer, "Answer a prosecutor's request: give, withhold or refuse.", groupContent, groupInPerson),

	action(CodingAdopt, "Put an office's own vocabulary into force, with which items are coded."),

	action(RecordRead, "Read an entry, its place in the log and its proof.", groupRead, groupContent),
	action(RecordErase, "Destroy a subject's words and key, under a named authority.", groupPurpose, groupInPerson),
	action(PackExport, "Take out who knew what and when, sealed bodies left sealed.", groupRead, groupContent),
	action(PackDisclose, "Take it out with sealed bodies opened, for a stated purpose.", groupContent, groupPurpose, groupInPerson),

	action(PeopleRead, "Read who takes part, in which role, and who stands in.", groupRead),
	action(PeopleManage, "Enter agencies and people, give and end roles, make sign-in links.", groupInPerson),
	action(SignInManage, "List and end sessions, passkeys and tokens.", groupInPerson),
	action(AbsenceSet, "Say that somebody is absent, and who stands in."),
	action(SettingsRead, "Read how the node is set up.", groupRead),
	action(SettingsManage, "Change how the node is set up.", groupInPerson),

	action(LogRead, "Read the log's tiles, checkpoint and key: headers and digests.", groupRead),
	action(PublicRead, "Read what is there for everyone: sign-in, help, health.", groupRead),
	action(FeedRead, "Read one's own feed of warnings and duties.", groupRead),
	action(WitnessSubmit, "Ask this node to cosign the checkpoint of another log."),
	action(WitnessManage, "Say which logs are witnessed and by whom this one is."),
	action(SystemTick, "Record what has fallen due."),
	action(SystemCheck, "Verify the log and rebuild the tables from it.", groupRead),
	action(SystemMetrics, "Read counters of the running node.", groupRead),
}
