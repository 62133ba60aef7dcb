"""A little English to measure on when none is given, written for this purpose: one text a paragraph."""

from typing import Final

_TEXT: Final = """\
When Mary and John went to the store, John gave a drink to Mary. Then the two of them walked home \
along the river, because the evening was warm and nobody was in a hurry. A grey cat sat on the wall \
and watched the boats. "Look," said Mary, "it is waiting for the fisherman." The fisherman came \
every evening, and every evening he had a small fish for the cat.

Once upon a time there was a little girl who lived in a house at the edge of the forest. She had a \
red coat, a blue hat and a dog called Max. One day Max ran after a rabbit and did not come back. The \
girl called his name, but there was no answer. She took her lamp and went into the forest to look \
for him. The trees were tall and dark, and the wind made a strange noise. At last she heard a bark. \
Max was sitting under an old oak, and beside him lay the rabbit, fast asleep. The girl laughed, and \
all three of them went home together.

The letter had been written in the spring of 1817, and it was not opened until the winter. The old \
man read it twice, folded it, and put it back into the drawer from which he had taken it. He did not \
speak of it to his daughters, who were sewing by the window, nor to his son, who had come from the \
city that morning. But when the clock struck nine he rose, and asked for his coat and his stick, and \
went out alone into the snow.

The keys to the cabinet are on the table. The boxes near the door were heavy, so we left them where \
they were. If you want to bake bread, mix the flour with water, salt and yeast, and let it rest for \
an hour. Then fold it three times, put it into a hot oven, and wait until the crust is brown. Some \
people like to add seeds. Others eat it as it is, with butter and a little honey, while it is still \
warm.
"""

SAMPLE: Final = tuple(_TEXT.strip().split("\n\n"))
