from transformers import AutoModelForSequenceClassification, AutoTokenizer, Seq2SeqTrainingArguments, Trainer

model = AutoModelForSequenceClassification.from_pretrained("bert-base-cased", num_labels=5)
tokenizer = AutoTokenizer.from_pretrained("bert-base-cased")
training_args = Seq2SeqTrainingArguments(
    output_dir="test_trainer",
    evaluation_strategy="epoch",
    num_train_epochs=3,
    learning_rate=5e-5  # the default
)
trainer = Trainer(model=model, args=training_args, tokenizer=tokenizer)
trainer.train()
