from dlref.rnn import lstm_params

d, h = 3, 4

# a gate, or the candidate: h rows of d weights, h recurrent weights and a bias
gate = 0
for row in range(h):
    gate += d + h + 1
P_RNN, P_LSTM, P_GRU = gate, 4 * gate, 3 * gate

result = lstm_params(d, h)
assert result == P_LSTM
print(P_RNN, result, P_GRU)

# Output:
# 32 128 96
