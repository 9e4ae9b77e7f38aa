package openrosa

// ReportFormID is the id of the form that ReportForm makes.
const ReportFormID = "heed-report"

// text puts the six languages of the report form together.
func text(en, fr, ar, es, ru, zh string) Text {
	return Text{"en": en, "fr": fr, "ar": ar, "es": es, "ru": ru, "zh": zh}
}

// choices makes choices of rows of value, English, French, Arabic, Spanish,
// Russian, Chinese.
func choices(rows ...[7]string) []Choice {
	var out []Choice
	for _, r := range rows {
		out = append(out, Choice{r[0], text(r[1], r[2], r[3], r[4], r[5], r[6])})
	}
	return out
}

// ReportForm is the form by which a person in the field reports what they saw
// or were told, in the six languages of the United Nations. Countries are the
// choices of the field country, by ISO 3166 code. Its fields are those of a
// report: source_type, observed, country, place, position, population, what,
// killed, text, known_by, photo, reference, follow_up and contact.
//
// Only what a report cannot do without is required. The position is never
// taken unasked.
func ReportForm(version string, countries []Choice) Form {
	return Form{ID: ReportFormID, Version: version, Languages: []string{"en", "fr", "ar", "es", "ru", "zh"},
		Title:  text("Report to Heed", "Rapport à Heed", "بلاغ إلى هيد", "Informe a Heed", "Сообщение в Heed", "向 Heed 报告"),
		Fields: append(append(whereFields(countries), whatFields()...), whoFields()...)}
}

// whereFields ask who reports, when and where.
func whereFields(countries []Choice) []Field {
	return []Field{
		{Name: "advice", Kind: Note, Label: text(
			"Write only what is safe for you and for others. You can leave out any answer that is not marked as required.",
			"N'écrivez que ce qui est sans danger pour vous et pour les autres. Toute réponse non obligatoire peut être omise.",
			"اكتب فقط ما هو آمن لك وللآخرين. يمكنك ترك أي سؤال غير إلزامي دون إجابة.",
			"Escriba solo lo que sea seguro para usted y para otros. Puede omitir toda respuesta que no sea obligatoria.",
			"Пишите только то, что безопасно для вас и для других. Любой необязательный вопрос можно оставить без ответа.",
			"只写对您和他人安全的内容。凡非必填的问题均可不答。")},
		{Name: "source_type", Kind: SelectOne, Required: true,
			Label: text("You report as", "Vous rapportez en tant que", "أنت تبلّغ بصفتك", "Usted informa como", "Вы сообщаете как", "您的报告身份"),
			Choices: choices(
				[7]string{"embassy", "Embassy or consulate", "Ambassade ou consulat", "سفارة أو قنصلية", "Embajada o consulado", "Посольство или консульство", "使馆或领馆"},
				[7]string{"un-field", "United Nations field presence", "Présence des Nations Unies sur le terrain", "وجود ميداني للأمم المتحدة",
					"Presencia de las Naciones Unidas sobre el terreno", "Присутствие Организации Объединенных Наций на местах", "联合国实地机构"},
				[7]string{"regional", "Regional organisation", "Organisation régionale", "منظمة إقليمية", "Organización regional", "Региональная организация", "区域组织"},
				[7]string{"civil-society", "Civil society", "Société civile", "مجتمع مدني", "Sociedad civil", "Гражданское общество", "民间社会"},
				[7]string{"media", "Media", "Média", "وسيلة إعلام", "Medio de comunicación", "Средство массовой информации", "媒体"},
				[7]string{"anonymous", "I prefer not to say", "Je préfère ne pas le dire", "أفضّل عدم الإفصاح", "Prefiero no decirlo", "Предпочитаю не называть себя", "不愿透露"})},
		{Name: "observed", Kind: Date, Required: true, Past: true,
			Label: text("On which day did it happen?", "Quel jour cela s'est-il passé ?", "في أي يوم حدث ذلك؟", "¿Qué día ocurrió?", "В какой день это произошло?", "发生在哪一天？"),
			Message: text("The day cannot be in the future.", "Le jour ne peut pas être dans le futur.", "لا يمكن أن يكون اليوم في المستقبل.",
				"El día no puede estar en el futuro.", "День не может быть в будущем.", "日期不能晚于今天。")},
		{Name: "country", Kind: SelectOne, Required: true, Appearance: "minimal autocomplete",
			Label: text("In which country?", "Dans quel pays ?", "في أي بلد؟", "¿En qué país?", "В какой стране?", "在哪个国家？"), Choices: countries},
		{Name: "place", Kind: Line, Required: true, MaxLength: 200,
			Label: text("In which place?", "À quel endroit ?", "في أي مكان؟", "¿En qué lugar?", "В каком месте?", "在什么地点？"),
			Hint: text("Town, village, camp or road", "Ville, village, camp ou route", "مدينة أو قرية أو مخيم أو طريق",
				"Ciudad, pueblo, campamento o carretera", "Город, деревня, лагерь или дорога", "城镇、村庄、营地或道路")},
		{Name: "position", Kind: Geopoint, Appearance: "placement-map", Label: text("Position", "Position", "الموقع", "Posición", "Координаты", "位置"),
			Hint: text("Leave empty if a position could put someone at risk.", "Laissez vide si une position peut mettre quelqu'un en danger.",
				"اتركه فارغًا إذا كان تحديد الموقع قد يعرّض أحدًا للخطر.", "Déjelo vacío si una posición puede poner en riesgo a alguien.",
				"Оставьте пустым, если координаты могут подвергнуть кого-либо опасности.", "如位置可能危及他人，请留空。")},
	}
}

// whatFields ask what happened, and to whom.
func whatFields() []Field {
	return []Field{
		{Name: "population", Kind: Line, MaxLength: 200,
			Label: text("Which people were affected or are at risk?", "Quelles personnes sont touchées ou menacées ?", "من هم المتضررون أو المعرّضون للخطر؟",
				"¿Qué personas se vieron afectadas o están en riesgo?", "Кто пострадал или находится под угрозой?", "哪些人受到影响或面临风险？"),
			Hint: text("Use the name they use for themselves.", "Utilisez le nom qu'elles se donnent.", "استخدم الاسم الذي يطلقونه على أنفسهم.",
				"Use el nombre que se dan a sí mismas.", "Используйте название, которым они сами себя называют.", "请用他们的自称。")},
		{Name: "what", Kind: SelectMany, Choices: happenings(),
			Label: text("What happened or is about to happen?", "Que s'est-il passé ou que va-t-il se passer ?", "ماذا حدث أو ما الذي يوشك أن يحدث؟",
				"¿Qué ocurrió o está a punto de ocurrir?", "Что произошло или вот-вот произойдет?", "发生了或即将发生什么？")},
		{Name: "killed", Kind: Integer, Low: 0, High: 1_000_000, When: &Condition{"what", []string{"killing"}},
			Label: text("How many people were killed, as far as you know?", "Combien de personnes ont été tuées, à votre connaissance ?", "كم عدد القتلى على حد علمك؟",
				"¿Cuántas personas murieron, que usted sepa?", "Сколько человек погибло, насколько вам известно?", "据您所知，有多少人遇害？"),
			Message: text("Write a number, or leave it empty.", "Écrivez un nombre, ou laissez vide.", "اكتب رقمًا أو اتركه فارغًا.",
				"Escriba un número o déjelo vacío.", "Напишите число или оставьте пустым.", "请填写数字，或留空。")},
		{Name: "text", Kind: Paragraph, Required: true,
			Label: text("What do you want to report?", "Que voulez-vous rapporter ?", "ما الذي تريد الإبلاغ عنه؟", "¿De qué quiere informar?", "Что вы хотите сообщить?", "您要报告什么？")},
		{Name: "known_by", Kind: SelectOne, Label: text("How do you know?", "Comment le savez-vous ?", "كيف عرفت ذلك؟", "¿Cómo lo sabe?", "Откуда вам это известно?", "您如何得知？"), Choices: choices(
			[7]string{"seen", "I saw it", "Je l'ai vu", "رأيته بنفسي", "Lo vi yo", "Это видел(а) я", "我亲眼所见"},
			[7]string{"witness", "Someone who saw it told me", "Un témoin me l'a dit", "أخبرني من رآه", "Me lo contó quien lo vio", "Мне рассказал очевидец", "目击者告诉我"},
			[7]string{"told", "I was told by others", "D'autres me l'ont dit", "أخبرني آخرون", "Me lo contaron otros", "Мне рассказали другие", "他人告诉我"},
			[7]string{"published", "From pictures, documents or news", "Par des images, documents ou médias", "من صور أو وثائق أو أخبار",
				"Por imágenes, documentos o noticias", "Из снимков, документов или новостей", "来自图片、文件或新闻"})},
		{Name: "photo", Kind: Upload, Media: "image/*", Label: text("Picture", "Image", "صورة", "Imagen", "Снимок", "图片")},
	}
}

// happenings are the kinds of what happened.
func happenings() []Choice {
	return choices(
		[7]string{"killing", "People were killed", "Des personnes ont été tuées", "قُتل أشخاص", "Se mató a personas", "Убиты люди", "有人遇害"},
		[7]string{"injury", "People were injured or tortured", "Des personnes ont été blessées ou torturées", "أصيب أشخاص أو تعرضوا للتعذيب",
			"Se hirió o torturó a personas", "Люди ранены или подверглись пыткам", "有人受伤或遭受酷刑"},
		[7]string{"sexual-violence", "Sexual violence", "Violences sexuelles", "عنف جنسي", "Violencia sexual", "Сексуальное насилие", "性暴力"},
		[7]string{"detention", "Detention or disappearance", "Détention ou disparition", "احتجاز أو اختفاء", "Detención o desaparición", "Задержание или исчезновение", "拘留或失踪"},
		[7]string{"displacement", "People were driven out", "Des personnes ont été chassées", "طُرد أشخاص من ديارهم", "Se expulsó a personas", "Люди изгнаны", "民众遭驱逐"},
		[7]string{"destruction", "Homes, crops or holy places destroyed", "Maisons, récoltes ou lieux de culte détruits", "تدمير منازل أو محاصيل أو أماكن عبادة",
			"Destrucción de viviendas, cultivos o lugares sagrados", "Разрушены дома, посевы или святыни", "毁坏住房、庄稼或圣地"},
		[7]string{"incitement", "Calls for violence or hatred", "Appels à la violence ou à la haine", "دعوات إلى العنف أو الكراهية",
			"Llamamientos a la violencia o al odio", "Призывы к насилию или ненависти", "煽动暴力或仇恨"},
		[7]string{"denial", "Food, water or aid withheld", "Nourriture, eau ou aide refusées", "منع الغذاء أو الماء أو المساعدات",
			"Retención de alimentos, agua o ayuda", "Отказ в пище, воде или помощи", "扣留食物、水或援助"},
		[7]string{"preparation", "Armed people gathering or arming", "Des gens armés se rassemblent ou s'arment", "تجمّع مسلحين أو تسلّحهم",
			"Personas armadas que se agrupan o se arman", "Вооруженные люди собираются или вооружаются", "武装人员集结或武装备战"},
		[7]string{"other", "Something else", "Autre chose", "شيء آخر", "Otra cosa", "Другое", "其他情况"})
}

// whoFields ask how to come back to the reporter.
func whoFields() []Field {
	return []Field{
		{Name: "reference", Kind: Line, MaxLength: 100,
			Label: text("Your own reference", "Votre propre référence", "رقمك المرجعي", "Su propia referencia", "Ваш собственный номер", "您自己的编号")},
		{Name: "follow_up", Kind: SelectOne,
			Label: text("May someone contact you?", "Peut-on vous contacter ?", "هل يمكن لأحد الاتصال بك؟", "¿Puede alguien ponerse en contacto con usted?", "Можно ли с вами связаться?", "可以与您联系吗？"),
			Choices: choices(
				[7]string{"no", "No", "Non", "لا", "No", "Нет", "不可以"},
				[7]string{"yes", "Yes", "Oui", "نعم", "Sí", "Да", "可以"})},
		{Name: "contact", Kind: Line, MaxLength: 200, When: &Condition{"follow_up", []string{"yes"}},
			Label: text("How can you be reached safely?", "Comment vous joindre sans risque ?", "كيف يمكن الوصول إليك بأمان؟",
				"¿Cómo podemos contactarle de forma segura?", "Как с вами безопасно связаться?", "如何安全地与您联系？")},
	}
}
