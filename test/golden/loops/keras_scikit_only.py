import tensorflow as tf
from sklearn.preprocessing import StandardScaler
import re
pattern = re.compile("x")
scaler = StandardScaler()
scaler.fit(x)
