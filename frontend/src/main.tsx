document.title = "Headwater";
