package openrosa

// ReportFormID is the id of the form that ReportForm makes.
const ReportFormID = "heed-report"

// text puts the three languages of the report form together.
func text(en, fr, ar string) Text { return Text{"en": en, "fr": fr, "ar": ar} }

// choices makes choices of rows of value, English, French, Arabic.
func choices(rows ...[4]string) []Choice {
	var out []Choice
	for _, r := range rows {
		out = append(out, Choice{r[0], text(r[1], r[2], r[3])})
	}
	return out
}

// ReportForm is the form by which a person in the field reports what they saw
// or were told, in English, French and Arabic. Countries are the choices of the
// field country, by ISO 3166 code. Its fields are those of a report: source_type,
// observed, country, place, position, population, what, killed, text, known_by,
// photo, reference, follow_up and contact.
//
// Only what a report cannot do without is required. The position is never
// taken unasked.
func ReportForm(version string, countries []Choice) Form {
	return Form{ID: ReportFormID, Version: version, Languages: []string{"en", "fr", "ar"},
		Title:  text("Report to Heed", "Rapport à Heed", "بلاغ إلى هيد"),
		Fields: append(append(whereFields(countries), whatFields()...), whoFields()...)}
}

// whereFields ask who reports, when and where.
func whereFields(countries []Choice) []Field {
	return []Field{
		{Name: "advice", Kind: Note, Label: text(
			"Write only what is safe for you and for others. You can leave out any answer that is not marked as required.",
			"N'écrivez que ce qui est sans danger pour vous et pour les autres. Toute réponse non obligatoire peut être omise.",
			"اكتب فقط ما هو آمن لك وللآخرين. يمكنك ترك أي سؤال غير إلزامي دون إجابة.")},
		{Name: "source_type", Kind: SelectOne, Required: true, Label: text("You report as", "Vous rapportez en tant que", "أنت تبلّغ بصفتك"), Choices: choices(
			[4]string{"embassy", "Embassy or consulate", "Ambassade ou consulat", "سفارة أو قنصلية"},
			[4]string{"un-field", "United Nations field presence", "Présence des Nations Unies sur le terrain", "وجود ميداني للأمم المتحدة"},
			[4]string{"regional", "Regional organisation", "Organisation régionale", "منظمة إقليمية"},
			[4]string{"civil-society", "Civil society", "Société civile", "مجتمع مدني"},
			[4]string{"media", "Media", "Média", "وسيلة إعلام"},
			[4]string{"anonymous", "I prefer not to say", "Je préfère ne pas le dire", "أفضّل عدم الإفصاح"})},
		{Name: "observed", Kind: Date, Required: true, Past: true, Label: text("On which day did it happen?", "Quel jour cela s'est-il passé ?", "في أي يوم حدث ذلك؟"),
			Message: text("The day cannot be in the future.", "Le jour ne peut pas être dans le futur.", "لا يمكن أن يكون اليوم في المستقبل.")},
		{Name: "country", Kind: SelectOne, Required: true, Appearance: "minimal autocomplete", Label: text("In which country?", "Dans quel pays ?", "في أي بلد؟"), Choices: countries},
		{Name: "place", Kind: Line, Required: true, MaxLength: 200, Label: text("In which place?", "À quel endroit ?", "في أي مكان؟"),
			Hint: text("Town, village, camp or road", "Ville, village, camp ou route", "مدينة أو قرية أو مخيم أو طريق")},
		{Name: "position", Kind: Geopoint, Appearance: "placement-map", Label: text("Position", "Position", "الموقع"),
			Hint: text("Leave empty if a position could put someone at risk.", "Laissez vide si une position peut mettre quelqu'un en danger.", "اتركه فارغًا إذا كان تحديد الموقع قد يعرّض أحدًا للخطر.")},
	}
}

// whatFields ask what happened, and to whom.
func whatFields() []Field {
	return []Field{
		{Name: "population", Kind: Line, MaxLength: 200, Label: text("Which people were affected or are at risk?", "Quelles personnes sont touchées ou menacées ?", "من هم المتضررون أو المعرّضون للخطر؟"),
			Hint: text("Use the name they use for themselves.", "Utilisez le nom qu'elles se donnent.", "استخدم الاسم الذي يطلقونه على أنفسهم.")},
		{Name: "what", Kind: SelectMany, Label: text("What happened or is about to happen?", "Que s'est-il passé ou que va-t-il se passer ?", "ماذا حدث أو ما الذي يوشك أن يحدث؟"), Choices: choices(
			[4]string{"killing", "People were killed", "Des personnes ont été tuées", "قُتل أشخاص"},
			[4]string{"injury", "People were injured or tortured", "Des personnes ont été blessées ou torturées", "أصيب أشخاص أو تعرضوا للتعذيب"},
			[4]string{"sexual-violence", "Sexual violence", "Violences sexuelles", "عنف جنسي"},
			[4]string{"detention", "Detention or disappearance", "Détention ou disparition", "احتجاز أو اختفاء"},
			[4]string{"displacement", "People were driven out", "Des personnes ont été chassées", "طُرد أشخاص من ديارهم"},
			[4]string{"destruction", "Homes, crops or holy places destroyed", "Maisons, récoltes ou lieux de culte détruits", "تدمير منازل أو محاصيل أو أماكن عبادة"},
			[4]string{"incitement", "Calls for violence or hatred", "Appels à la violence ou à la haine", "دعوات إلى العنف أو الكراهية"},
			[4]string{"denial", "Food, water or aid withheld", "Nourriture, eau ou aide refusées", "منع الغذاء أو الماء أو المساعدات"},
			[4]string{"preparation", "Armed people gathering or arming", "Des gens armés se rassemblent ou s'arment", "تجمّع مسلحين أو تسلّحهم"},
			[4]string{"other", "Something else", "Autre chose", "شيء آخر"})},
		{Name: "killed", Kind: Integer, Low: 0, High: 1_000_000, When: &Condition{"what", []string{"killing"}},
			Label:   text("How many people were killed, as far as you know?", "Combien de personnes ont été tuées, à votre connaissance ?", "كم عدد القتلى على حد علمك؟"),
			Message: text("Write a number, or leave it empty.", "Écrivez un nombre, ou laissez vide.", "اكتب رقمًا أو اتركه فارغًا.")},
		{Name: "text", Kind: Paragraph, Required: true, Label: text("What do you want to report?", "Que voulez-vous rapporter ?", "ما الذي تريد الإبلاغ عنه؟")},
		{Name: "known_by", Kind: SelectOne, Label: text("How do you know?", "Comment le savez-vous ?", "كيف عرفت ذلك؟"), Choices: choices(
			[4]string{"seen", "I saw it", "Je l'ai vu", "رأيته بنفسي"},
			[4]string{"witness", "Someone who saw it told me", "Un témoin me l'a dit", "أخبرني من رآه"},
			[4]string{"told", "I was told by others", "D'autres me l'ont dit", "أخبرني آخرون"},
			[4]string{"published", "From pictures, documents or news", "Par des images, documents ou médias", "من صور أو وثائق أو أخبار"})},
		{Name: "photo", Kind: Upload, Media: "image/*", Label: text("Picture", "Image", "صورة")},
	}
}

// whoFields ask how to come back to the reporter.
func whoFields() []Field {
	return []Field{
		{Name: "reference", Kind: Line, MaxLength: 100, Label: text("Your own reference", "Votre propre référence", "رقمك المرجعي")},
		{Name: "follow_up", Kind: SelectOne, Label: text("May someone contact you?", "Peut-on vous contacter ?", "هل يمكن لأحد الاتصال بك؟"), Choices: choices(
			[4]string{"no", "No", "Non", "لا"},
			[4]string{"yes", "Yes", "Oui", "نعم"})},
		{Name: "contact", Kind: Line, MaxLength: 200, When: &Condition{"follow_up", []string{"yes"}},
			Label: text("How can you be reached safely?", "Comment vous joindre sans risque ?", "كيف يمكن الوصول إليك بأمان؟")},
	}
}
