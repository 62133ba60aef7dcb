"""What does a result look like? Plotly figures as plain JSON, from values alone.

Each function returns `{"data": [...], "layout": {...}}`, ready for plotly.js, for
`plotly.graph_objects.Figure(figure)` in a notebook, or for `page.to_html`. Every one takes
`template="light"` or `"dark"`.
"""
