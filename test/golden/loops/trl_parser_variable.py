from trl import DPOConfig, ModelConfig, ScriptArguments, TrlParser
types = (ScriptArguments, DPOConfig, ModelConfig)
parser = TrlParser(types)
