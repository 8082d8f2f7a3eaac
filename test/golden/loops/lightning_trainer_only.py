from lightning.pytorch import Trainer
from project.model import Model

def main():
    trainer = Trainer(accelerator="gpu", devices=8, precision="bf16-mixed")
    trainer.fit(Model(), train_loader, val_loader)
