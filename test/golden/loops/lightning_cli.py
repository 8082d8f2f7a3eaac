from lightning.pytorch.cli import LightningCLI
from project import Model, Data

def main():
    LightningCLI(Model, Data)
